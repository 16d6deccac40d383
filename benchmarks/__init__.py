"""What logging costs the thread that calls it, measured beside other libraries on the same machine in the same minute.

``python -m benchmarks --help`` lists the commands. Every figure in the documentation names the command it came from.
"""
