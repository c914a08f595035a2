"""Where a person sees what is to be signed and answers: windows in a browser, dialogs outside of it, their wording."""
