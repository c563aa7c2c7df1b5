"""What leaves, to whom, until when: agencies, request, grant, redeem, deposit."""
