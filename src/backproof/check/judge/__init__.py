"""The verdict about a training: which loss it descends, and whether all of its parameters follow its gradient."""
