"""Documents as PDF/A-3a and PDF/UA-1, typeset by Typst from data: no browser, no fonts of the machine."""
