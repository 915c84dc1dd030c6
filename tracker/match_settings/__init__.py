"""With which settings crimes are matched for the queue: the standing settings of each programme and type of crime."""
