"""One page about a unit, to hang up or hand out: its share, where it came from, what is low, what to do first."""
