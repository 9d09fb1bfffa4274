"""What waits goes out: the dispatcher, its couriers, and their pace."""
