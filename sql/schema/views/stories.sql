-- Views over stories: which events, covered by whom, and who was first.

DROP VIEW IF EXISTS news.stories, news.who_was_first, news.story_growth, news.merged_stories;

CREATE VIEW news.stories AS
SELECT s.id AS story_id, coalesce(lead.title, m.first_title) AS headline, coalesce(lead.url, m.first_url) AS lead_url,
       s.first_at AS first_published_at, m.first_seen_at, s.last_at AS last_published_at,
       m.articles, m.articles_with_copies, m.outlets, m.sites, m.languages, m.growth
FROM dateline.story s
LEFT JOIN dateline.article lead ON lead.id = s.lead_id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE NOT h.is_copy AND NOT h.is_repeat) AS articles, count(*) AS articles_with_copies,
           count(DISTINCT h.site) AS outlets, array_agg(DISTINCT h.site) AS sites,
           array_remove(array_agg(DISTINCT h.language), NULL) AS languages, min(h.first_seen_at) AS first_seen_at,
           (array_agg(h.title ORDER BY h.at, h.id))[1] AS first_title,
           (array_agg(h.url ORDER BY h.at, h.id))[1] AS first_url,
           (SELECT jsonb_agg(jsonb_build_object('hour', g.hour, 'articles', g.articles) ORDER BY g.hour)
              FROM (SELECT date_trunc('hour', n.at::timestamptz, 'UTC') AS hour, count(*) AS articles
                      FROM dateline.story_member n WHERE n.story_id = s.id GROUP BY 1) AS g) AS growth
    FROM (SELECT a.id, a.site, a.language, a.title, a.url, n.at, n.is_repeat,
                 a.first_seen_at::timestamptz AS first_seen_at,
                 EXISTS (SELECT FROM dateline.copy c WHERE c.article_id = a.id) AS is_copy
            FROM dateline.story_member n JOIN dateline.article a ON a.id = n.article_id WHERE n.story_id = s.id) AS h
) AS m
WHERE s.merged_into IS NULL AND m.articles_with_copies > 0;
COMMENT ON VIEW news.stories IS
    'Events with the articles about them; an article without others about the same event is a story of its own. '
    'Filter and order by last_published_at: it is indexed, while the counts are computed for each row.';
COMMENT ON COLUMN news.stories.story_id IS
    'Key, stable while the story grows; the larger part keeps it when stories are merged or split.';
COMMENT ON COLUMN news.stories.headline IS
    'The headline shown for it: of the outlet nearest to its centre, each outlet having one vote.';
COMMENT ON COLUMN news.stories.lead_url IS 'The article with that headline.';
COMMENT ON COLUMN news.stories.first_published_at IS
    'When its earliest article was published (or stored, if no date is known).';
COMMENT ON COLUMN news.stories.first_seen_at IS 'When Dateline stored the first of its articles.';
COMMENT ON COLUMN news.stories.last_published_at IS 'When its latest article was published.';
COMMENT ON COLUMN news.stories.articles IS 'Articles, each text once, without pages that repeat their outlet.';
COMMENT ON COLUMN news.stories.articles_with_copies IS 'All its articles, including copies and repeated pages.';
COMMENT ON COLUMN news.stories.outlets IS 'Number of sites with an article about it.';
COMMENT ON COLUMN news.stories.sites IS 'Their registrable domains.';
COMMENT ON COLUMN news.stories.languages IS 'Languages of its articles.';
COMMENT ON COLUMN news.stories.growth IS 'Articles by hour, including copies: [{"hour", "articles"}].';

CREATE VIEW news.who_was_first AS
SELECT o.story_id, o.place, o.site, o.url, o.title, o.published_at, o.first_seen_at,
       CASE WHEN o.published_precision = 'minute'
             AND bool_and(o.published_precision = 'minute') FILTER (WHERE o.place = 1) OVER (PARTITION BY o.story_id)
            THEN round((extract(epoch FROM o.published_at - min(o.published_at) FILTER (WHERE o.place = 1)
                                                           OVER (PARTITION BY o.story_id)) / 60)::numeric, 1)
       END AS minutes_after_first,
       o.is_copy, o.copy_of, o.articles, o.article_id, o.published_precision,
       count(*) OVER (PARTITION BY o.story_id, o.place) = 1 AS is_certain
FROM (
    -- the place: one more than the outlets that were surely earlier. A date does not count against an article that was
    -- in the archive before anyone asked for the one that gives it; nor does one that no visit bears out count against
    -- an article that we had looked for in vain.
    SELECT t.story_id, t.site, t.url, t.title, t.first_seen_at, t.is_copy, t.copy_of, t.articles, t.article_id,
           CASE WHEN t.claim && t.span THEN t.given_at ELSE t.seen_at END AS published_at,
           CASE WHEN t.claim && t.span THEN t.given_precision ELSE 'seen' END AS published_precision,
           1 + (SELECT count(*)
                FROM unnest(t.spans, t.soughts, t.absents, t.seens) AS r (span, sought_at, absent_at, seen_at)
                 WHERE r.span << t.span AND t.seen_at < r.sought_at IS NOT TRUE
                   AND (r.absent_at IS NOT NULL OR r.seen_at > t.absent_at IS NOT TRUE)) AS place
    FROM (
        SELECT d.story_id, d.site, d.url, d.title, d.first_seen_at, d.is_copy, d.copy_of, d.articles, d.article_id,
               d.claim, d.span, d.given_at, d.given_precision, d.seen_at, d.absent_at,
               array_agg(d.absent_at) OVER (PARTITION BY d.story_id) AS absents,
               array_agg(d.seen_at) OVER (PARTITION BY d.story_id) AS seens,
               array_agg(d.span) OVER (PARTITION BY d.story_id) AS spans,
               array_agg(d.sought_at) OVER (PARTITION BY d.story_id) AS soughts
        FROM (
            SELECT DISTINCT ON (m.story_id, a.site)
                   m.story_id, a.site, a.url, a.title, a.first_seen_at::timestamptz AS first_seen_at,
                   known.seen_at, a.sought_at::timestamptz AS sought_at, a.absent_at::timestamptz AS absent_at,
                   known.claim,
                   dateline.appearance(known.claim, a.absent_at, known.seen_at) AS span,
                   a.published_at::timestamptz AS given_at,
                   coalesce(a.published_precision, 'minute') AS given_precision,
                   orig.id IS NOT NULL AS is_copy, orig.url AS copy_of,
                   count(*) OVER (PARTITION BY m.story_id, a.site) AS articles, a.id AS article_id
            FROM dateline.story_member m
            JOIN dateline.article a ON a.id = m.article_id
            CROSS JOIN LATERAL (
                SELECT coalesce(a.text_seen_at, a.first_seen_at)::timestamptz AS seen_at,
                       dateline.span(a.published_at, a.published_precision) AS claim) AS known
            LEFT JOIN dateline.copy c ON c.article_id = a.id
            LEFT JOIN dateline.article orig ON orig.id = c.original_id
            ORDER BY m.story_id, a.site, m.at, a.first_seen_at, a.id
        ) AS d
    ) AS t
) AS o;
COMMENT ON VIEW news.who_was_first IS 'The outlets of each story in the order of their first articles.';
COMMENT ON COLUMN news.who_was_first.story_id IS 'The story.';
COMMENT ON COLUMN news.who_was_first.place IS
    '1 for the first outlet: one more than the number of outlets that were surely earlier. Outlets with the same place '
    'have no known order.';
COMMENT ON COLUMN news.who_was_first.site IS 'Registrable domain of the outlet.';
COMMENT ON COLUMN news.who_was_first.url IS 'Its first article about it.';
COMMENT ON COLUMN news.who_was_first.title IS 'Headline of that article.';
COMMENT ON COLUMN news.who_was_first.published_at IS
    'When that article was published, as the outlet says; when it was first seen if the outlet gives no date, or one '
    'that our visits refute.';
COMMENT ON COLUMN news.who_was_first.first_seen_at IS 'When Dateline stored it.';
COMMENT ON COLUMN news.who_was_first.minutes_after_first IS
    'Minutes after the first outlet; empty unless both are known to the minute.';
COMMENT ON COLUMN news.who_was_first.is_copy IS 'True if that article is shown to be a later copy of another''s text.';
COMMENT ON COLUMN news.who_was_first.copy_of IS 'URL of the original, where it is a copy.';
COMMENT ON COLUMN news.who_was_first.articles IS 'Articles of the outlet in this story, including copies.';
COMMENT ON COLUMN news.who_was_first.article_id IS 'Key of the article.';
COMMENT ON COLUMN news.who_was_first.published_precision IS
    'How exactly published_at is known: minute, local (14 hours to both sides), day, or seen (by then, at the latest).';
COMMENT ON COLUMN news.who_was_first.is_certain IS
    'False where other outlets have the same place: which of them was first is not known.';

CREATE VIEW news.story_growth AS
SELECT m.story_id, date_trunc('hour', m.at::timestamptz, 'UTC') AS hour,
       count(*) FILTER (WHERE c.article_id IS NULL AND NOT m.is_repeat) AS articles, count(*) AS articles_with_copies,
       count(DISTINCT a.site) AS outlets
FROM dateline.story_member m
JOIN dateline.article a ON a.id = m.article_id
LEFT JOIN dateline.copy c ON c.article_id = a.id
GROUP BY 1, 2;
COMMENT ON VIEW news.story_growth IS 'The growth of stories: articles by hour.';
COMMENT ON COLUMN news.story_growth.story_id IS 'The story.';
COMMENT ON COLUMN news.story_growth.hour IS 'Start of the hour, UTC.';
COMMENT ON COLUMN news.story_growth.articles IS 'Articles published in it, each text once.';
COMMENT ON COLUMN news.story_growth.articles_with_copies IS 'Articles published in it, including copies.';
COMMENT ON COLUMN news.story_growth.outlets IS 'Sites that published them.';

CREATE VIEW news.merged_stories AS
SELECT s.id AS story_id, s.merged_into FROM dateline.story s WHERE s.merged_into IS NOT NULL;
COMMENT ON VIEW news.merged_stories IS 'Ids of stories that turned out to be part of another story.';
COMMENT ON COLUMN news.merged_stories.story_id IS 'The former id.';
COMMENT ON COLUMN news.merged_stories.merged_into IS 'The story that it is part of.';
