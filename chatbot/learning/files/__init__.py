"""FAQs as a workbook: out with all of them, in with a preview first."""
