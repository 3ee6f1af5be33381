"""Reading: from the text of a request to what it asks for, excludes, states and leaves unread."""
