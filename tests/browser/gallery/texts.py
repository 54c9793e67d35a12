"""Letters as people write them: headings, quotations, lists; right to left; long titles."""

RIVER = """\
Dear Minister,

forty years ago the children of Kesten learned to swim below the weir. This summer the water there
was **eleven centimetres deep**. We have measured it, on forty days, with a folding rule.

## What has happened

The Aller has not dried up; it has been led away. Since 2011 three permits allow
[*Kesten Wasserwerke*](https://example.org/permits) to take 2,400 cubic metres an hour,

- whatever the level,
- whatever the month,
- until 2041.

> A river is not a pipe with a view.
> It is what grows, swims and drinks along it.

## What we ask

1. Bind every permit to the level at the weir.
2. Publish the daily withdrawals, as the law on environmental information has it.
3. Let nobody take water from the Aller while it stands below forty centimetres.

You wrote to us in spring that the permits are “lawful and final”. Laws can be read again, and
rivers cannot wait until 2041.

---

Respectfully, and with wet feet as soon as you let us,
"""
ARABIC = """\
السيدة رئيسة البلدية،

يغادر آخر باص في **التاسعة مساءً**، ومن يعمل ليلًا يمشي *أحد عشر كيلومترًا* إلى بيته.

## ما نطلبه

- باص واحد في الحادية عشرة والنصف،
- سبع ليالٍ في الأسبوع.

نرجو أن تقرئي هذه الرسالة بصوت عالٍ في المجلس.
"""
GROUPS = ["People of the valley", "Scientists and engineers", "Friends elsewhere"]
SHORT = "Dear neighbours,\n\nlet us keep the old library open on Saturdays.\n"
CHANGED = RIVER.replace("forty centimetres", "thirty-five centimetres").replace(
    "2. Publish the daily withdrawals, as the law on environmental information has it.",
    "2. Publish the withdrawals of every day on a page that anybody can read.",
)
LONG_TITLE = (
    "For a Donaudampfschifffahrtsgesellschaftskapitänsmützenfreie Zone, and for benches "
    "in the shade along the whole of the promenade"
)
COMMENT = (
    "I was born beside this river. My grandfather ran the mill at Oberkesten until 1962, and he "
    "used to say that the Aller asks for nothing but to be left alone in August."
)

COVERING = """\
Dear Minister,

we would like to hand you this letter in person as well, whenever it suits you. Until then it is \
here, with everybody who has signed it."""

ANSWER = """\
Thank you for your letter and for every name under it.

The ministry has asked the district to keep at least thirty-five centimetres of water at the weir \
of Kesten from May to September. The order takes effect on the first of May. Until then the gauge \
is read twice a day, and its values are published.

I would like to see the river with you when it is done, and to hear from those who learned to swim \
there what else is missing. My office will write to you about a day in June."""

ARABIC_ANSWER = """\
شكرًا لكم على رسالتكم وعلى كل اسم تحتها.

سيعود باص الليل رقم 11 إلى كستن ابتداءً من أول مايو، سبع ليالٍ في الأسبوع."""
