"""Worker processes: transport of requests, progress and cancels."""
