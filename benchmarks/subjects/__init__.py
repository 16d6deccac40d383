"""What `calls` measures: each module makes statements of one kind, in a folder of their own."""
