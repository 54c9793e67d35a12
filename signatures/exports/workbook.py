"""The fixed parts of a spreadsheet file, as ECMA-376 wants them: everything but the rows.

Every entry of the archive bears the same date, so that the file is a function of what is in it.
"""

import zipfile
from collections.abc import Iterable
from datetime import datetime

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD, DAY = 1, 2  # the styles: places in `cellXfs` below
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment an archive can tell
_FONT = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
_XF = '<xf numFmtId="{}" fontId="{}" fillId="0" borderId="0" xfId="0" {}/>'
_STYLES = (
    f'<styleSheet xmlns="{MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>'
    f'<fonts count="2"><font>{_FONT}</font><font><b/>{_FONT}</font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3">'
    + _XF.format(0, 0, "")
    + _XF.format(0, 1, 'applyFont="1"')
    + _XF.format(164, 0, 'applyNumberFormat="1"')
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/>'
    "</cellStyles></styleSheet>"
)


def entry(name: str) -> zipfile.ZipInfo:
    """A place in the archive, compressed, without a date."""
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def opening(widths: Iterable[int]) -> str:
    """What comes before the rows of a sheet: a head row that stays, columns as wide as given."""
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{width}.7109375" customWidth="1"/>'
        for at, width in enumerate(widths, start=1)
    )
    return (
        f'{_XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        '<selection pane="bottomLeft"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    )


CLOSING = (
    '</sheetData><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" '
    'footer="0.3"/></worksheet>'
)


def begin(book: zipfile.ZipFile, *, snapshot: datetime) -> None:
    """The parts known beforehand, at the start: there programs look what kind of file it is."""
    _write(book, "_rels/.rels", _roots())
    _write(book, "docProps/core.xml", _properties(snapshot))
    _write(book, "xl/styles.xml", _STYLES)


def end(book: zipfile.ZipFile, *, sheets: int) -> None:
    """The parts that name the sheets."""
    _write(book, "xl/workbook.xml", _book(sheets))
    _write(book, "xl/_rels/workbook.xml.rels", _relations(sheets))
    _write(book, "[Content_Types].xml", _content_types(sheets))


def _write(book: zipfile.ZipFile, name: str, text: str) -> None:
    book.writestr(entry(name), (_XML + text).encode())


def sheet_name(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def _content_types(sheets: int) -> str:
    parts = [("docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml")]
    parts += [
        ("xl/workbook.xml", f"{_TYPE}.sheet.main+xml"),
        ("xl/styles.xml", f"{_TYPE}.styles+xml"),
    ]
    parts += [(sheet_name(at), f"{_TYPE}.worksheet+xml") for at in range(1, sheets + 1)]
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in parts
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _links(targets: Iterable[tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="rId{at}" Type="{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def _roots() -> str:
    about = f"{_PACKAGE}/relationships/metadata/core-properties"
    return _links(((f"{_OFFICE}/officeDocument", "xl/workbook.xml"), (about, "docProps/core.xml")))


def _relations(sheets: int) -> str:
    """The sheets come first: their places are what the workbook calls them by."""
    own = [(f"{_OFFICE}/worksheet", f"worksheets/sheet{at}.xml") for at in range(1, sheets + 1)]
    return _links([*own, (f"{_OFFICE}/styles", "styles.xml")])


def _book(sheets: int) -> str:
    listed = "".join(
        f'<sheet name="Sheet{at}" sheetId="{at}" r:id="rId{at}"/>' for at in range(1, sheets + 1)
    )
    return (
        f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><workbookPr/>'
        f"<bookViews><workbookView/></bookViews><sheets>{listed}</sheets></workbook>"
    )


def _properties(snapshot: datetime) -> str:
    when = f'xsi:type="dcterms:W3CDTF">{snapshot:%Y-%m-%dT%H:%M:%SZ}'
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dcterms:created {when}</dcterms:created><dcterms:modified {when}</dcterms:modified>"
        "</cp:coreProperties>"
    )
