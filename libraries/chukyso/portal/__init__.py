"""What is known of the portal: profiles, the meaning of its messages, the review of its form."""
