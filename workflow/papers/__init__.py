"""The papers (文书) and certificates that leave the office: what they say, how they look, how they are signed.

Words stand in wording/*.yaml, looks in templates/*.typ. compose() turns an event into frozen content, and the same
content always gives the same PDF and the same page. Nothing here speaks to the database or asks what time it is.
"""
