"""Units of rtl/board/."""
