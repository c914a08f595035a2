"""The life of a PIN: where it is read, who enters it, what refuses it before a try, what is remembered of a try."""
