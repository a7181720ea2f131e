-- Views over names of interest: what is mentioned where, how often over time, and together with what.

DROP VIEW IF EXISTS news.names, news.mentions, news.mention_days, news.co_mentions;

CREATE VIEW news.names AS
SELECT n.id AS name_id, n.kind, n.name,
       ARRAY(SELECT DISTINCT f.form FROM dateline.name_form f
             WHERE f.name_id = n.id AND f.form <> n.name ORDER BY f.form) AS aliases
FROM dateline.name n;
COMMENT ON VIEW news.names IS 'Names that are looked for in all articles (`dateline names`).';
COMMENT ON COLUMN news.names.name_id IS 'A Wikidata id, or one of your own.';
COMMENT ON COLUMN news.names.kind IS 'person, organisation, place or product.';
COMMENT ON COLUMN news.names.name IS 'The name.';
COMMENT ON COLUMN news.names.aliases IS 'Its other forms, of all languages.';

CREATE VIEW news.mentions AS
SELECT m.article_id, m.name_id, n.kind, n.name, m.mentions, m.in_title, m.first_at, a.dated_at, a.site, a.language,
       'list' AS origin, NULL::text AS model
FROM dateline.mention m
JOIN dateline.name n ON n.id = m.name_id
JOIN dateline.article a ON a.id = m.article_id
UNION ALL
SELECT e.article_id, NULL, e.kind, e.name, e.mentions, e.in_title, e.first_at, a.dated_at, a.site, a.language,
       'model', d.name || ' ' || d.version
FROM dateline.entity e
JOIN dateline.entity_model d ON d.id = e.model_id
JOIN dateline.article a ON a.id = e.article_id;
COMMENT ON VIEW news.mentions IS 'One row per article or headline and name that it mentions.';
COMMENT ON COLUMN news.mentions.origin IS 'list (`dateline names`) or model (a plug-in recognised it).';
COMMENT ON COLUMN news.mentions.model IS
    'The model that recognised it, with its version; empty for a name of the list.';
COMMENT ON COLUMN news.mentions.article_id IS 'Key of the article.';
COMMENT ON COLUMN news.mentions.name_id IS 'The name''s id; empty if a model recognised it.';
COMMENT ON COLUMN news.mentions.kind IS 'person, organisation, place or product.';
COMMENT ON COLUMN news.mentions.name IS 'The name.';
COMMENT ON COLUMN news.mentions.mentions IS 'How often, headline and text together.';
COMMENT ON COLUMN news.mentions.in_title IS 'Whether the headline mentions it.';
COMMENT ON COLUMN news.mentions.first_at IS
    'Where the text mentions it first, in characters from 0; empty if only the headline does.';
COMMENT ON COLUMN news.mentions.dated_at IS 'When the article was published, or stored if that is not known.';
COMMENT ON COLUMN news.mentions.site IS 'The article''s registrable domain.';
COMMENT ON COLUMN news.mentions.language IS 'The article''s language.';

CREATE VIEW news.mention_days AS
SELECT m.name_id, m.kind, m.name, (m.dated_at::timestamptz AT TIME ZONE 'UTC')::date AS day, count(*) AS articles,
       sum(m.mentions) AS mentions, m.origin, m.model
FROM news.mentions m
GROUP BY 1, 2, 3, 4, 7, 8;
COMMENT ON VIEW news.mention_days IS
    'How often names are mentioned, by day. Filter by name_id, or by name and origin = ''model'': both are indexed.';
COMMENT ON COLUMN news.mention_days.origin IS 'list (`dateline names`) or model (a plug-in recognised it).';
COMMENT ON COLUMN news.mention_days.model IS
    'The model that recognised it, with its version; empty for a name of the list.';
COMMENT ON COLUMN news.mention_days.name_id IS 'The name''s id; empty if a model recognised it.';
COMMENT ON COLUMN news.mention_days.kind IS 'person, organisation, place or product.';
COMMENT ON COLUMN news.mention_days.name IS 'The name.';
COMMENT ON COLUMN news.mention_days.day IS 'Day of publication (UTC), or of storing if that is not known.';
COMMENT ON COLUMN news.mention_days.articles IS 'Articles that mention it, copies included.';
COMMENT ON COLUMN news.mention_days.mentions IS 'Mentions in them.';

-- One part for each pair of origins: in each, the one name's index leads to the articles, and those to the other names.
-- A name of the list and what a model calls by one of its forms are the same name.
CREATE VIEW news.co_mentions AS
SELECT m.name_id, o.name_id AS other_id, n.kind AS other_kind, n.name AS other_name, count(*) AS articles,
       (SELECT own.name FROM dateline.name own WHERE own.id = m.name_id) AS name, 'list' AS origin,
       'list' AS other_origin
FROM dateline.mention m
JOIN dateline.mention o ON o.article_id = m.article_id AND o.name_id <> m.name_id
JOIN dateline.name n ON n.id = o.name_id
GROUP BY 1, 2, 3, 4
UNION ALL
SELECT m.name_id, NULL, e.kind, e.name, count(DISTINCT e.article_id),
       (SELECT own.name FROM dateline.name own WHERE own.id = m.name_id), 'list', 'model'
FROM dateline.mention m
JOIN dateline.entity e ON e.article_id = m.article_id
WHERE NOT EXISTS (SELECT FROM dateline.name_form f
                  WHERE f.name_id = m.name_id AND f.folded = dateline.fold(e.name))
GROUP BY 1, 3, 4
UNION ALL
SELECT NULL, o.name_id, n.kind, n.name, count(DISTINCT e.article_id), e.name, 'model', 'list'
FROM dateline.entity e
JOIN dateline.mention o ON o.article_id = e.article_id
JOIN dateline.name n ON n.id = o.name_id
WHERE NOT EXISTS (SELECT FROM dateline.name_form f
                  WHERE f.name_id = o.name_id AND f.folded = dateline.fold(e.name))
GROUP BY 2, 3, 4, 6
UNION ALL
SELECT NULL, NULL, o.kind, o.name, count(DISTINCT e.article_id), e.name, 'model', 'model'
FROM dateline.entity e
JOIN dateline.entity o ON o.article_id = e.article_id AND o.name <> e.name
GROUP BY 3, 4, 6;
COMMENT ON VIEW news.co_mentions IS
    'Which names are in the same articles. Filter by name_id, or by name and origin = ''model'': both are indexed.';
COMMENT ON COLUMN news.co_mentions.name_id IS 'The name''s id; empty if a model recognised it.';
COMMENT ON COLUMN news.co_mentions.other_id IS
    'The id of the name that is mentioned with it; empty if a model recognised that.';
COMMENT ON COLUMN news.co_mentions.other_kind IS 'person, organisation, place or product.';
COMMENT ON COLUMN news.co_mentions.other_name IS 'The other name.';
COMMENT ON COLUMN news.co_mentions.articles IS 'Articles that mention both, copies included.';
COMMENT ON COLUMN news.co_mentions.name IS 'The name.';
COMMENT ON COLUMN news.co_mentions.origin IS 'list (`dateline names`) or model (a plug-in recognised it).';
COMMENT ON COLUMN news.co_mentions.other_origin IS 'The same of the other name.';
