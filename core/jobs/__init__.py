"""Jobs: worker processes and their messages. Transport only."""
