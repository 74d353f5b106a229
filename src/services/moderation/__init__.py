"""Whether texts and pictures of shoppers may be shown."""
