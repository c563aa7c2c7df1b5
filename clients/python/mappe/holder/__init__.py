"""The holder's side: unlock → store → grant → redeem → audit, on the holder's own device."""
