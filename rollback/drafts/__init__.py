"""What users, the help desk, stakeholders and management are told: texts in three languages, lists and files.

Nothing here sends anything. Rooms: `languages` (words for dates and times), `site` (what the organisation calls
things), `contexts` (what each text needs to know), `names` (other people's words made safe for a letter), `wording`
(templates to text), `templates` (the texts), `lint` and `gsm` (what is wrong with a text), `specimens` (made-up facts,
to try a text on), `audience` (one row a person), `letters` (one letter a person), `cells` and `mails` (CSV and .eml),
`files` (onto disk, for named people only), `handout` (which files are handed out).
"""
