"""What users, the help desk, stakeholders and management are told: texts in three languages, lists and files.

Nothing here sends anything. Rooms: `languages` (dates and times in words), `contexts` (what each text needs to know),
`names` (other people's words made safe for a letter), `wording` (templates to text), `templates` (the texts), `lint`
and `gsm` (what is wrong with a text), `specimens` (made-up facts, to try a text on), `audience` (one row a person),
`letters` (one letter a person), `lists`, `cells` and `mails` (spreadsheets and .eml drafts), `files` (onto disk, for
named people only), `handout` (which files are handed out).
"""
