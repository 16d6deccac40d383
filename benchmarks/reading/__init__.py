"""What it costs to read a big run, and what small ones take on the disk. Each part runs in processes of its own."""
