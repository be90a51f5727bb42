-- However old the backup is: the inbox remembers from now on, longer than the events that come again.
UPDATE inbox SET applied_at = now();
