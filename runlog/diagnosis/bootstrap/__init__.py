"""What is put in front of a program's import path, so that the observer starts before the program does."""
