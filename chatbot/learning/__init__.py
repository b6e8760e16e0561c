"""What the bot knows, as staff look after it: FAQs with their history, what it could not answer, and how good it is."""
