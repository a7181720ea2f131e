-- A family of copies is known by one of its articles; an article is named a copy only where evidence shows which was
-- first.

ALTER TABLE dateline.copy RENAME COLUMN original_id TO family_id;
ALTER INDEX dateline.copy_original RENAME TO copy_family;
ALTER TABLE dateline.copy ADD COLUMN original_id bigint REFERENCES dateline.article ON DELETE SET NULL;
UPDATE dateline.copy SET original_id = family_id WHERE first_by <> 'unknown';
CREATE INDEX copy_original ON dateline.copy (original_id) WHERE original_id IS NOT NULL;

COMMENT ON TABLE dateline.copy IS
    'The same text on another site: each article of a family but its lead; links lead to the lead and are never '
    'chained.';
COMMENT ON COLUMN dateline.copy.article_id IS 'The article.';
COMMENT ON COLUMN dateline.copy.family_id IS
    'The lead, by which its family is known: the original or, where it is not known which was first, the one '
    'that we saw first.';
COMMENT ON COLUMN dateline.copy.original_id IS
    'The article that the evidence shows to be before it; empty where it is not known which was first.';
COMMENT ON COLUMN dateline.copy.containment IS 'Share of its 3-word shingles that are in the original or lead.';
COMMENT ON COLUMN dateline.copy.containment_back IS 
    'Share of the original''s or lead''s 3-word shingles that are in it.';
COMMENT ON COLUMN dateline.copy.first_by IS
    'The evidence that it is later than another of its family: seen (our visits), credit (its own word), date (the '
    'publishers'' dates alone), or unknown: which was first is not known, and it has no original.';
