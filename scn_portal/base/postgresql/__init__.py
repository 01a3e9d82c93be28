"""PostgreSQL as Django has it, but for one thing: nobody waits for it without end."""
