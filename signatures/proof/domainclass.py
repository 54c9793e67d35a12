"""What kind of domain an e-mail address is at: five coarse classes, for statistics that show
padding. Pure: no name server is asked, so a domain that merely looks like another is taken for it.
"""

from enum import IntEnum


class DomainClass(IntEnum):
    """One byte of a commitment; the numbers never change their meaning."""

    UNKNOWN = 0
    LARGE_PROVIDER = 1  # where anybody gets a mailbox
    OTHER = 2
    EDUCATION = 3
    PUBLIC_BODY = 4
    DISPOSABLE = 5  # mailboxes meant to be thrown away


def of(domain: str) -> DomainClass:
    """The class of a domain in ASCII, "post.example.org"; `UNKNOWN` for what is none."""
    labels = domain.lower().rstrip(".").split(".")
    if len(labels) < 2 or not all(labels):
        return DomainClass.UNKNOWN
    names = {".".join(labels[start:]) for start in range(len(labels) - 1)}
    if names & _DISPOSABLE:
        return DomainClass.DISPOSABLE
    if names & _LARGE or _brand(labels):
        return DomainClass.LARGE_PROVIDER
    if names & _PUBLIC or _under(labels, _PUBLIC_LABELS):
        return DomainClass.PUBLIC_BODY
    if names & _EDUCATION or _under(labels, _EDUCATION_LABELS) or _names_a_university(labels):
        return DomainClass.EDUCATION
    return DomainClass.OTHER


def _brand(labels: list[str]) -> bool:
    """yahoo.co.uk, hotmail.fr, gmx.at: providers with a domain in each country."""
    *_, brand, last = labels
    if len(labels) > 2 and brand in {"co", "com"} and len(last) == 2:
        brand = labels[-3]
    return brand in _BRANDS and (len(last) == 2 or last in {"com", "net"})


def _under(labels: list[str], kinds: frozenset[str]) -> bool:
    """x.edu and x.ac.uk, but not edu.example.com."""
    *rest, last = labels
    if len(last) > 2:
        return last in kinds
    return len(rest) > 1 and rest[-1] in kinds


def _names_a_university(labels: list[str]) -> bool:
    """uni-kesten.de, univ-lyon3.fr: countries without an ending for them have this custom."""
    name, last = labels[-2:]
    return last in _CUSTOM and name.startswith(_CUSTOM[last])


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LARGE = _names(
    """
    gmail.com googlemail.com outlook.com msn.com icloud.com me.com mac.com aol.com aim.com
    ymail.com rocketmail.com web.de t-online.de freenet.de arcor.de online.de posteo.de
    mailbox.org proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.io
    tuta.com tutamail.com hey.com fastmail.com fastmail.fm zoho.com zohomail.eu mail.com
    email.com mail.ru bk.ru list.ru inbox.ru internet.ru rambler.ru ya.ru qq.com foxmail.com
    163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com naver.com hanmail.net
    daum.net orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr
    club-internet.fr libero.it virgilio.it tiscali.it alice.it tin.it poste.it seznam.cz
    email.cz centrum.cz atlas.cz volny.cz post.cz wp.pl o2.pl onet.pl onet.eu interia.pl
    interia.eu op.pl vp.pl poczta.fm gazeta.pl azet.sk zoznam.sk centrum.sk freemail.hu
    citromail.hu abv.bg mail.bg ukr.net i.ua bluewin.ch sunrise.ch hispeed.ch aon.at chello.at
    a1.net ziggo.nl kpnmail.nl xs4all.nl planet.nl home.nl telenet.be skynet.be proximus.be
    terra.es telefonica.net uol.com.br bol.com.br terra.com.br ig.com.br globo.com telia.com
    telia.se bredband.net comhem.se online.no broadpark.no mail.dk get2net.dk stofanet.dk
    kolumbus.fi elisanet.fi sapo.pt btinternet.com virginmedia.com sky.com talktalk.net
    ntlworld.com blueyonder.co.uk comcast.net verizon.net att.net sbcglobal.net bellsouth.net
    cox.net charter.net earthlink.net optonline.net juno.com shaw.ca rogers.com sympatico.ca
    telus.net videotron.ca bigpond.com bigpond.net.au optusnet.com.au xtra.co.nz
    rediffmail.com otenet.gr inbox.lv mail.ee
    """
)
_BRANDS = _names("yahoo hotmail live outlook gmx yandex googlemail")

_DISPOSABLE = _names(
    """
    mailinator.com mailinator.net guerrillamail.com guerrillamail.net guerrillamail.org
    guerrillamail.biz guerrillamail.de guerrillamail.info guerrillamailblock.com
    sharklasers.com grr.la pokemail.net spam4.me 10minutemail.com 10minutemail.net
    20minutemail.com 33mail.com temp-mail.org temp-mail.io tempmail.com tempmail.net
    tempmail.de tempmailo.com tempr.email tempail.com minutemail.io yopmail.com yopmail.fr
    yopmail.net trashmail.com trashmail.de trashmail.net trashmail.me trash-mail.com
    trash-mail.de wegwerfmail.de wegwerfmail.net wegwerfmail.org wegwerfemail.de einrot.com
    byom.de spambog.com spambog.de spamgourmet.com spamex.com spaml.de mailnesia.com
    mailcatch.com maildrop.cc mailnull.com mailexpire.com mailforspam.com mailmoat.com
    mintemail.com mohmal.com moakt.com emailondeck.com getnada.com nada.email dispostable.com
    discard.email discardmail.com discardmail.de throwawaymail.com throwaway.email
    fakeinbox.com fakemail.net fakemailgenerator.com getairmail.com inboxkitten.com
    jetable.org jetable.net kasmail.com nwytg.net burnermail.io incognitomail.org anonbox.net
    anonymbox.com crazymailing.com deadaddress.com despam.it tempinbox.com mytemp.email
    mt2015.com mailtemp.info luxusmail.org emltmp.com dropmail.me harakirimail.com
    linshiyouxiang.net muellmail.com sofort-mail.de zehnminutenmail.de
    """
)

_EDUCATION_LABELS = _names("edu ac sch")
_EDUCATION = _names(
    """
    k12.us ethz.ch epfl.ch unibas.ch unibe.ch unige.ch unil.ch unifr.ch usi.ch unisg.ch uzh.ch
    unilu.ch unine.ch zhaw.ch kit.edu rwth-aachen.de lmu.de tum.de fau.de hu-berlin.de
    fu-berlin.de charite.de kuleuven.be ugent.be ulb.be vub.be uclouvain.be uliege.be
    uantwerpen.be uva.nl vu.nl uu.nl rug.nl ru.nl tudelft.nl tue.nl utwente.nl wur.nl eur.nl
    leidenuniv.nl tilburguniversity.edu maastrichtuniversity.nl lu.se kth.se uu.se su.se gu.se
    liu.se chalmers.se uio.no ntnu.no uib.no ku.dk au.dk dtu.dk sdu.dk helsinki.fi aalto.fi
    tuni.fi utu.fi sorbonne-universite.fr ens.fr ens-lyon.fr polytechnique.edu sciencespo.fr
    unibo.it polimi.it polito.it unimi.it uniroma1.it unipd.it unito.it unipi.it unifi.it
    unina.it unige.it sns.it uni.lu cuni.cz muni.cz cvut.cz ulisboa.pt up.pt uc.pt ub.edu
    uab.cat ucm.es uam.es upm.es mcgill.ca utoronto.ca ubc.ca
    """
)
_CUSTOM: dict[str, tuple[str, ...]] = {
    "de": ("uni-", "tu-", "fh-", "hs-", "th-", "ph-", "stud-", "hochschule-"),
    "fr": ("univ-", "u-", "universite-", "ac-"),
    "pl": ("uni-",),
    "hu": ("uni-",),
}

_PUBLIC_LABELS = _names("gov gouv gob gub gv mil govt go gub")
_PUBLIC = _names(
    """
    europa.eu bund.de bundestag.de bundeswehr.de bayern.de berlin.de brandenburg.de bremen.de
    hamburg.de hessen.de mv-regierung.de niedersachsen.de nrw.de rlp.de saarland.de sachsen.de
    sachsen-anhalt.de schleswig-holstein.de thueringen.de admin.ch parl.ch zh.ch be.ch gc.ca
    canada.ca gouv.qc.ca ontario.ca nhs.uk nhs.net police.uk parliament.uk mod.uk
    assemblee-nationale.fr senat.fr diplomatie.fr overheid.nl rijksoverheid.nl minvws.nl
    politie.nl amsterdam.nl rotterdam.nl fgov.be vlaanderen.be brussels.be
    regeringskansliet.se riksdagen.se stockholm.se dep.no stortinget.no kommune.no
    regeringen.dk ft.dk um.dk gov.ie oireachtas.ie gencat.cat lisboa.pt senato.it camera.it
    fed.us state.us un.org who.int nato.int coe.int
    """
)
