SELECT webhook_forget() AS removed
