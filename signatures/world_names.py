"""Made-up people in many scripts, for seeding and trying things out. Pure; no real person meant."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Tongue:
    """Given names, family names and places of one language; `joined` writes the family first."""

    code: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    places: tuple[str, ...]
    weight: int = 3
    glue: str = " "
    family_first: bool = False

    def name(self, chance: random.Random) -> str:
        given, family = chance.choice(self.given), chance.choice(self.family)
        return self.glue.join((family, given) if self.family_first else (given, family))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TONGUES = (
    Tongue(
        "en",
        _words(
            "Ada Amelia Arthur Beatrice Clive Daisy Edith Frank Grace Harold Iris Jack Kit Lucy"
        ),
        _words("Ashworth Baker Carter Dunne Ellis Fletcher Gray Hughes Ives Jarvis Kerr O’Neill"),
        _words("Leeds Bristol Cardiff Glasgow Norwich Exeter Belfast Derby"),
        12,
    ),
    Tongue(
        "de",
        _words(
            "Anneliese Björn Claudia Dörte Emil Friederike Günther Heike Ilse Jürgen Käthe Lutz"
        ),
        _words("Abel Brandt Dürr Eßer Freytag Groß Hübner Jäger Köhler Löwe Müller Schäfer Weiß"),
        _words("Bremen Köln Göttingen Lübeck Würzburg Jena Kassel Münster"),
        10,
    ),
    Tongue(
        "fr",
        _words("Amélie Benoît Chloé Didier Éloïse François Gaëlle Hélène Jérôme Maëlys Noël Zoé"),
        _words("Aubert Bérard Chevalier Dubœuf Étienne Garçon Lefèvre Moreau Noël Pérez Rivière"),
        _words("Lyon Nantes Orléans Besançon Saint-Étienne Nîmes Rennes"),
        8,
    ),
    Tongue(
        "es",
        _words("Ana Begoña Carlos Dolores Íñigo Julián Lucía Mónica Óscar Ramón Sofía Ximena"),
        _words("Álvarez Benítez Castaño Domínguez Fernández Ibáñez López Muñoz Núñez Peña Ríos"),
        _words("Cádiz Málaga Bogotá Córdoba Logroño Mérida León"),
        7,
    ),
    Tongue(
        "pl",
        _words("Agnieszka Błażej Czesław Grażyna Józef Łucja Małgorzata Paweł Świętosława Żaneta"),
        _words("Bąk Dąbrowska Głowacki Jabłońska Kowalczyk Łukasik Pietrzyk Sękowski Wójcik Żak"),
        _words("Gdańsk Kraków Łódź Poznań Wrocław Toruń Białystok"),
        5,
    ),
    Tongue(
        "tr",
        _words("Ayşe Çağla Emre Gökçe İbrahim Işıl Mehmet Özge Şule Tuğba Ümit Yiğit"),
        _words("Akyıldız Çelik Doğan Erdoğdu Güneş İnce Kılıç Öztürk Şahin Yılmaz"),
        _words("İzmir Muğla Eskişehir Diyarbakır Çanakkale"),
    ),
    Tongue(
        "vi",
        _words("An Bình Châu Dũng Hạnh Khánh Linh Ngọc Phượng Quỳnh Thảo Tuấn"),
        _words("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ"),
        ("Hà Nội", "Huế", "Đà Nẵng", "Cần Thơ"),
        family_first=True,
    ),
    Tongue(
        "cs",
        _words("Bohumil Čeněk Dagmar Eliška Jiří Květa Ludvík Miloš Růžena Šimon Václav Žofie"),
        _words("Bartoš Čermák Dvořák Hájek Jelínek Kříž Němec Říha Šťastný Žižka"),
        _words("Brno Plzeň Olomouc Ostrava Tábor"),
    ),
    Tongue(
        "ru",
        _words("Алексей Варвара Григорий Дарья Елена Игорь Ксения Людмила Николай Ольга Юлия"),
        _words("Абрамов Белова Гусев Жукова Зайцев Киселёв Ларина Орлов Рябов Щукин Яковлева"),
        _words("Казань Пермь Тверь Омск Самара"),
        5,
    ),
    Tongue(
        "uk",
        _words("Богдан Вікторія Ганна Дмитро Євген Зоряна Їжак Катерина Леся Остап Юрій"),
        _words("Бойко Гончар Ґалаґан Іваненко Коваль Лисенко Мельник Шевчук Щербак"),
        _words("Київ Львів Харків Одеса Чернівці"),
    ),
    Tongue(
        "el",
        _words("Αθηνά Βασίλης Γεωργία Δημήτρης Ελένη Θανάσης Ιωάννα Κώστας Νίκη Χρήστος"),
        _words("Αγγελόπουλος Βλάχου Γεωργίου Καραμάνος Μακρή Νικολάου Παππάς Σταύρου"),
        _words("Αθήνα Θεσσαλονίκη Πάτρα Ηράκλειο"),
    ),
    Tongue(
        "ar",
        _words("أحمد بشرى جميلة خالد رانيا سعاد طارق عائشة فاطمة ليلى محمد نور هدى يوسف"),
        _words("الحربي البغدادي الخطيب الدمشقي الزهراني السيد العلي القاسم المصري النجار"),
        _words("بيروت القاهرة عمّان تونس الرباط"),
        5,
    ),
    Tongue(
        "fa",
        _words("آرش بهاره پروانه داریوش سیما شیرین فرهاد کیوان گلناز مهتاب"),
        ("احمدی", "پارسا", "تهرانی", "حسینی", "کریمی", "محمدی", "نیک‌پور", "میرزایی"),
        _words("تهران شیراز اصفهان تبریز"),
    ),
    Tongue(
        "he",
        _words("אביגיל ברוך דבורה הילה זאב יעל לאה משה נועה שרה תמר"),
        _words("אברהמי ביטון גולדברג כהן לוי מזרחי פרץ רוזן שפירא"),
        ("חיפה", "ירושלים", "תל אביב", "באר שבע"),
    ),
    Tongue(
        "hi",
        _words("अनन्या अर्जुन दीपिका गौरव ईशा कविता मोहन नेहा प्रिया रवि सुनीता विक्रम"),
        _words("अग्रवाल चौधरी गुप्ता जोशी कुमार मिश्रा पटेल शर्मा सिंह वर्मा"),
        _words("दिल्ली जयपुर लखनऊ भोपाल"),
        4,
    ),
    Tongue(
        "bn",
        _words("অনিতা বিপ্লব চন্দনা দেবাশিস ফারহানা ইমরান মিতা রাহুল সুমন"),
        _words("আহমেদ বসু চক্রবর্তী দাস ঘোষ হোসেন মুখার্জি রহমান সরকার"),
        _words("ঢাকা কলকাতা চট্টগ্রাম সিলেট"),
    ),
    Tongue(
        "ta",
        _words("அருண் கவிதா செல்வி தமிழ் பிரியா மணி ரவி லட்சுமி"),
        _words("இளங்கோ கந்தசாமி சுந்தரம் நடராஜன் முருகன் ராமன்"),
        _words("சென்னை மதுரை கோவை"),
        2,
    ),
    Tongue(
        "th",
        _words("กานดา จิราพร ชัยวัฒน์ ดารุณี ธนา นภา พิมพ์ วิชัย สมชาย อรุณ"),
        _words("ใจดี ทองคำ บุญมี รัตนกุล ศรีสุข แสงจันทร์"),
        _words("กรุงเทพ เชียงใหม่ ขอนแก่น"),
        2,
    ),
    Tongue(
        "ka",
        _words("ანა გიორგი დავით ეკატერინე ლევანი მარიამ ნინო თამარ"),
        _words("ბერიძე გელაშვილი კაპანაძე მაისურაძე ლომიძე"),
        _words("თბილისი ბათუმი ქუთაისი"),
        2,
    ),
    Tongue(
        "hy",
        _words("Անահիտ Արամ Գայանե Դավիթ Լիլիթ Նարեկ Սոնա Տիգրան"),
        _words("Աբրահամյան Գրիգորյան Հակոբյան Մկրտչյան Սարգսյան"),
        _words("Երևան Գյումրի Վանաձոր"),
        2,
    ),
    Tongue(
        "am",
        _words("አበበ ብርቱካን ደስታ ገብረ ሐና ከበደ ሰላም ትዕግሥት"),
        _words("አለሙ በቀለ ደመቀ ገብሬ ኃይሉ ታደሰ"),
        _words("ጎንደር ሐረር መቐለ"),
        1,
    ),
    Tongue(
        "zh",
        _words("伟 芳 秀英 敏 静 丽 强 磊 小明 建国 雪梅 思远"),
        _words("王 李 张 刘 陈 杨 赵 黄 周 吴 欧阳"),
        _words("北京 上海 广州 成都 西安"),
        5,
        "",
        True,
    ),
    Tongue(
        "ja",
        _words("さくら 健太 美咲 翔 陽子 拓海 由美 大輔 あおい 直樹"),
        _words("佐藤 鈴木 高橋 田中 渡辺 伊藤 小林 中村 斎藤"),
        _words("東京 大阪 札幌 福岡 京都"),
        4,
        " ",
        True,
    ),
    Tongue(
        "ko",
        _words("민준 서연 지훈 하은 도윤 수빈 예준 지우 은영 현우"),
        _words("김 이 박 최 정 강 조 윤 장 임"),
        _words("서울 부산 대구 인천 광주"),
        3,
        "",
        True,
    ),
)
PROFESSIONS = (
    "Nurse",
    "Teacher",
    "Farmer",
    "Engineer",
    "Physician",
    "Student",
    "Baker",
    "Hydrologist",
    "Bus driver",
    "Retired",
)
_WEIGHTS = [tongue.weight for tongue in TONGUES]


def somebody(chance: random.Random) -> tuple[str, str, str, str]:
    """(name, affiliation, place, language code) of a made-up person."""
    tongue = chance.choices(TONGUES, _WEIGHTS)[0]
    affiliation = chance.choice(PROFESSIONS) if chance.random() < 0.5 else ""
    place = chance.choice(tongue.places) if chance.random() < 0.7 else ""
    return tongue.name(chance), affiliation, place, tongue.code
