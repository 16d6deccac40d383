"""What a run keeps that does not come by way of ``logging``: printed lines, warnings, exceptions that nobody caught.

One module for each source. Nothing here is installed before it is asked for, and each source is put back as it was once
the last who asked has ended, as far as it is still ours. What is captured goes to the run log alone: it was
shown already where it is usually shown.
"""
