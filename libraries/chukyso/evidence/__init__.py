"""What proves one run: journal, figures, record, manifest, report. Used by EvidenceLibrary; knows no Robot."""
