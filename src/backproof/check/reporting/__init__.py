"""What was found out, said in the file's own words."""
