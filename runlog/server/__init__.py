"""HTTP over a workspace's folder: the API that training machines write to and readers ask. An extra brings it."""
