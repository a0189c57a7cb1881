"""What an author and an instructor run: python -m course build | release | answers | run."""
