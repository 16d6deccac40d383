"""Why something was not logged: the way of a record through ``logging``, and the state of what runlog depends on."""
