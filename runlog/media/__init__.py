"""What becomes of a figure, a text, a page, a sound or a histogram that is logged.

Each module checks what it was given at once, and gives back a function that makes the content: where nothing is kept,
it is never called. Nothing here knows of a run.
"""
