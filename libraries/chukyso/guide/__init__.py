"""The guide, written anew with the figures of one run: as a web page, as PDF and as a Word document."""
