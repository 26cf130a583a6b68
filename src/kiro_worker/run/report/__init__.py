"""What people and machines read of a run; all of it is made from the one record."""
