-- Headlines that were changed after publication, with both wordings and the minutes until the change; no minutes where
-- the publication is not known to the minute.
--   since           first day (UTC)
\if :{?since} \else \set since '2026-05-01' \endif
SET timezone = 'UTC';

SELECT e.site, e.before, e.after, e.changed_at,
       CASE WHEN a.published_precision = 'minute'
            THEN round(extract(epoch FROM e.changed_at - a.published_at) / 60) END AS minutes_after_publication,
       e.url
FROM news.headline_edits e JOIN news.articles a USING (article_id)
WHERE e.changed_at >= :'since'
ORDER BY e.changed_at DESC, e.url;
