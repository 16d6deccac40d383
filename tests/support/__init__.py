"""What several tests share: child processes, the state of `logging`, documents."""
