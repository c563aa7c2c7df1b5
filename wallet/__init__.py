"""The holder's side: unlock and store."""
