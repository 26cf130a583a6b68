"""What people and checks say on pull requests, and what follows: bounded, once, and only from people who may write."""
