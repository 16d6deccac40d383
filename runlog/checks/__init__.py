"""Names and files that come from elsewhere: what they may be, checked where they become part of a path."""
