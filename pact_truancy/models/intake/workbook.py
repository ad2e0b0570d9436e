"""Writes cells of workbooks that people open in Excel. No database here."""

from openpyxl.cell import WriteOnlyCell


def text_cell(sheet, value, font=None):
    """Return a cell of text or a date; what begins like a formula stays text."""
    if isinstance(value, str):
        value = "".join(c for c in value if c >= " " or c in "\t\n")
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"
        if value[:1] in ("=", "+", "-", "@", "\t", "\r") and value != "-":
            # also when the sheet is saved as CSV and opened again
            cell.value = f"'{value}"
            cell.data_type = "s"
    if font:
        cell.font = font
    return cell
