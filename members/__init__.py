"""Who is in the network: regions, cities, people, who acts for which city, invitations."""
