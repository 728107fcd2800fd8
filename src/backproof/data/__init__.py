"""Tables in, arrays out, and the facts about the columns that a model needs to do the same again."""
