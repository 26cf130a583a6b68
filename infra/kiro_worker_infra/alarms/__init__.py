"""The alarms: one table, and what is made of it: alarms, dashboard, the page with the runbooks, and what they cost."""
