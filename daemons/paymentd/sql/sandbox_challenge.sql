SELECT status, body FROM sandbox.challenge(:reference, :outcome)
