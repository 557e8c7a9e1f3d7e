"""What people write and read: frozen data, never a solver import."""
