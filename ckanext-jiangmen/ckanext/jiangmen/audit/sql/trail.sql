-- 全程留痕: the trail's own schema, run by the administrator after the migrations.
--   psql ADMIN_URL --set=app=… --set=keeper=… --set=sealer=… -f trail.sql
-- `app` is the role of the site, `keeper` owns the trail and cannot log in, `sealer`
-- chains and signs. Nobody but the keeper's one function writes a row, nobody changes
-- or removes one. May be run again at any time; it is run again after each migration.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
BEGIN;

CREATE SCHEMA IF NOT EXISTS audit;
ALTER SCHEMA audit OWNER TO :"keeper";

CREATE TABLE IF NOT EXISTS audit.jiangmen_audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL
        CHECK (kind IN ('read', 'refusal', 'login', 'logout', 'change')),
    account text NOT NULL,
    organizations text[] NOT NULL,
    token text NOT NULL,
    address text NOT NULL,
    channel text NOT NULL,
    action text NOT NULL,
    entry text NOT NULL,
    resource text NOT NULL,
    items text[] NOT NULL,
    row_count bigint,
    grants text[] NOT NULL,
    purpose text NOT NULL,
    result text NOT NULL CHECK (result IN ('done', 'refused', 'failed')),
    reason text NOT NULL,
    object text NOT NULL,
    object_id text NOT NULL,
    verb text NOT NULL CHECK (verb IN ('', 'insert', 'update', 'delete', 'truncate')),
    changes jsonb,
    database_role text NOT NULL
);
CREATE INDEX IF NOT EXISTS jiangmen_audit_at
    ON audit.jiangmen_audit USING brin (at);
CREATE INDEX IF NOT EXISTS jiangmen_audit_account
    ON audit.jiangmen_audit (account, id);
CREATE INDEX IF NOT EXISTS jiangmen_audit_entry
    ON audit.jiangmen_audit (entry, id) WHERE entry <> '';
CREATE INDEX IF NOT EXISTS jiangmen_audit_grants
    ON audit.jiangmen_audit USING gin (grants) WHERE grants <> '{}';

-- The chain: one link per row, in the order of sealing.
CREATE TABLE IF NOT EXISTS audit.jiangmen_audit_link (
    seq bigint PRIMARY KEY CHECK (seq > 0),
    id bigint NOT NULL UNIQUE,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    link bytea NOT NULL CHECK (length(link) = 32)
);
-- A signature under the chain for every batch; `settled`: all ids up to it are linked.
CREATE TABLE IF NOT EXISTS audit.jiangmen_audit_seal (
    number bigint PRIMARY KEY CHECK (number > 0),
    first bigint NOT NULL,
    last bigint NOT NULL UNIQUE CHECK (last >= first),
    settled bigint NOT NULL,
    at timestamptz NOT NULL,
    link bytea NOT NULL,
    key text NOT NULL,
    signature bytea NOT NULL
);
-- One seal a day goes to the public.
CREATE TABLE IF NOT EXISTS audit.jiangmen_audit_head (
    day date NOT NULL,
    number bigint NOT NULL REFERENCES audit.jiangmen_audit_seal,
    head jsonb NOT NULL,
    PRIMARY KEY (day, number)
);

CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'The trail is only added to: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- The one way in. `what` is a row or a list of rows; the role of the connection and
-- the moment are the database's own. The transaction gets its number before the row
-- gets its id: the sealer knows by it when no smaller id can come any more.
CREATE OR REPLACE FUNCTION audit.note(what jsonb) RETURNS void
-- In plpgsql, which keeps its plans: the same in SQL took five times as long.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO audit.jiangmen_audit (
        at, kind, account, organizations, token, address, channel, action, entry,
        resource, items, row_count, grants, purpose, result, reason, object, object_id,
        verb, changes, database_role)
    SELECT clock_timestamp(), r.kind, coalesce(r.account, ''),
        coalesce(r.organizations, '{}'), coalesce(r.token, ''),
        coalesce(r.address, ''), coalesce(r.channel, ''), coalesce(r.action, ''),
        coalesce(r.entry, ''), coalesce(r.resource, ''), coalesce(r.items, '{}'),
        r.row_count, coalesce(r.grants, '{}'), coalesce(r.purpose, ''),
        coalesce(r.result, 'done'), coalesce(r.reason, ''), coalesce(r.object, ''),
        coalesce(r.object_id, ''), coalesce(r.verb, ''), r.changes, session_user
    FROM jsonb_to_recordset(
        CASE WHEN pg_current_xact_id() IS NULL THEN NULL
        WHEN jsonb_typeof(what) = 'array' THEN what ELSE jsonb_build_array(what) END
    ) AS r(kind text, account text, organizations text[], token text, address text,
        channel text, action text, entry text, resource text, items text[],
        row_count bigint, grants text[], purpose text, result text, reason text,
        object text, object_id text, verb text, changes jsonb);
END $$;

-- The tables whose changes are noted: these of core and every one of ours. The last
-- column names what changes by itself, without anybody doing anything.
CREATE OR REPLACE FUNCTION audit.wanted()
RETURNS TABLE (name text, keys text, noise text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.relname::text,
        (SELECT string_agg(a.attname, ',' ORDER BY a.attnum)
         FROM pg_index i JOIN pg_attribute a
            ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
         WHERE i.indrelid = c.oid AND i.indisprimary),
        coalesce(noise.columns, '')
    FROM pg_class c
    LEFT JOIN (VALUES
        ('user', 'last_active'),
        ('api_token', 'last_access'),
        ('package', 'metadata_modified'),
        ('jiangmen_attempt', 'failures,since,seen'),
        ('jiangmen_duty', 'reminded,reminders'),
        ('jiangmen_edition', 'progress'),
        ('jiangmen_import', 'progress'),
        ('jiangmen_legal_basis', 'indexed,modified'),
        ('jiangmen_public_entry', 'indexed,changed'),
        ('jiangmen_mail', 'attempts,due'),
        ('jiangmen_publication', 'bytes_sent,bytes_total,attempts,due'),
        ('jiangmen_refusal_count', 'count'),
        ('jiangmen_token', 'last_used,last_address')
    ) AS noise (name, columns) ON noise.name = c.relname
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
      AND (c.relname IN ('package', 'resource', 'resource_view', 'package_member',
                'package_relationship', 'member', 'group', 'user', 'api_token',
                'system_info', 'vocabulary', 'file', 'file_owner')
           OR c.relname LIKE 'jiangmen\_%')
      -- Nothing of these is anybody's deed: alembic's mark, a queue of work, what a
      -- save of a draft (noted there) replaced, what an account has not saved yet.
      AND c.relname NOT IN ('jiangmen_alembic_version', 'jiangmen_catalog_job',
          'jiangmen_revision_save', 'jiangmen_unsaved')
$$;

-- A value as the trail may hold it: names of states, ids, numbers, moments; never a
-- secret, never a person, never the contents of an entry.
CREATE OR REPLACE FUNCTION audit.shown(source text, key text, value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN value IS NULL OR jsonb_typeof(value) = 'null' THEN NULL
        WHEN key IN ('id', 'token_id', 'state', 'step', 'kind', 'role', 'capacity',
            'verb', 'event', 'type', 'action', 'channel', 'channels', 'items',
            'table_name', 'owner_org', 'origin', 'format', 'sha256', 'version')
            OR key = 'name' AND source IN ('user', 'group')
            THEN to_jsonb(left(value #>> '{}', 500))
        WHEN key ~* 'password|secret|api_?key|token|mail|phone|mobile|fullname|salt|hash|reset'
            THEN '"…"'
        WHEN jsonb_typeof(value) IN ('boolean', 'number')
            OR jsonb_typeof(value) = 'string' AND (
                key ~ '_id$' OR value #>> '{}' ~
                '^(\d{4}-\d\d-\d\d([T ][\d:.+-]*)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|)$')
            THEN to_jsonb(left(value #>> '{}', 100))
        ELSE '"…"'
    END
$$;

-- What a trigger of a table writes: which row, and the names of the columns changed,
-- each with its value before and after where that may be shown. Who did it comes from
-- settings of the transaction; without them somebody works on the database itself.
CREATE OR REPLACE FUNCTION audit.note_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
-- Planning anew for every row took most of the time.
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    actor jsonb := coalesce(nullif(current_setting('jiangmen.actor', true), '')::jsonb,
                            '{"channel": "database"}');
    old_row jsonb;
    new_row jsonb;
    this jsonb;
    changes jsonb;
BEGIN
    IF TG_LEVEL = 'STATEMENT' THEN
        PERFORM audit.note(actor || jsonb_build_object(
            'kind', 'change', 'object', TG_TABLE_NAME, 'verb', lower(TG_OP)));
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN old_row := to_jsonb(OLD); END IF;
    IF TG_OP <> 'DELETE' THEN new_row := to_jsonb(NEW); END IF;
    this := coalesce(new_row, old_row);
    SELECT jsonb_object_agg(key, CASE TG_OP
            WHEN 'INSERT' THEN jsonb_build_array(audit.shown(TG_TABLE_NAME, key, new_row -> key))
            WHEN 'DELETE' THEN jsonb_build_array(audit.shown(TG_TABLE_NAME, key, old_row -> key))
            ELSE jsonb_build_array(audit.shown(TG_TABLE_NAME, key, old_row -> key),
                                   audit.shown(TG_TABLE_NAME, key, new_row -> key)) END)
        INTO changes
        FROM jsonb_object_keys(this) AS key
        WHERE CASE TG_OP
            WHEN 'UPDATE' THEN old_row -> key IS DISTINCT FROM new_row -> key
                AND key <> ALL (string_to_array(TG_ARGV[1], ','))
            ELSE this -> key <> 'null' END;
    IF TG_OP = 'UPDATE' AND changes IS NULL THEN RETURN NULL; END IF;
    PERFORM audit.note(actor || jsonb_build_object(
        'kind', 'change', 'object', TG_TABLE_NAME, 'verb', lower(TG_OP),
        'object_id', (SELECT string_agg(this ->> key, ' ')
                      FROM unnest(string_to_array(TG_ARGV[0], ',')) AS key),
        'entry', CASE WHEN TG_TABLE_NAME = 'package' THEN this ->> 'id'
                 WHEN this ->> 'table_name' = 'package' THEN this ->> 'table_id'
                 ELSE coalesce(this ->> 'package_id', this ->> 'entry_id') END,
        'resource', CASE WHEN TG_TABLE_NAME = 'resource' THEN this ->> 'id'
                    ELSE this ->> 'resource_id' END,
        'grants', CASE WHEN TG_TABLE_NAME = 'jiangmen_grant'
                       THEN jsonb_build_array(this ->> 'id')
                  WHEN this ? 'grant_id' THEN jsonb_build_array(this ->> 'grant_id')
                  WHEN jsonb_typeof(this -> 'grants') = 'array' THEN this -> 'grants'
                  ELSE '[]' END,
        'changes', changes));
    RETURN NULL;
END $$;

-- Tables that are wanted and lack a trigger, or have it switched off.
CREATE OR REPLACE FUNCTION audit.uncovered() RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.name FROM audit.wanted() w
    WHERE 2 <> (SELECT count(*) FROM pg_trigger t
        WHERE t.tgrelid = format('public.%I', w.name)::regclass AND t.tgenabled = 'A'
          AND t.tgname IN ('jiangmen_audit_row', 'jiangmen_audit_truncate'))
$$;

CREATE OR REPLACE FUNCTION audit.cover() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wish record;
    wanted_arguments text;
BEGIN
    FOR wish IN SELECT * FROM audit.wanted() LOOP
        wanted_arguments := format('%L, %L', wish.keys, wish.noise);
        CONTINUE WHEN wish.name NOT IN (SELECT * FROM audit.uncovered()) AND EXISTS (
            SELECT FROM pg_trigger t
            WHERE t.tgrelid = format('public.%I', wish.name)::regclass
              AND t.tgname = 'jiangmen_audit_row'
              AND strpos(pg_get_triggerdef(t.oid), wanted_arguments) > 0);
        EXECUTE format('CREATE OR REPLACE TRIGGER jiangmen_audit_row AFTER INSERT OR'
            ' UPDATE OR DELETE ON public.%I FOR EACH ROW'
            ' EXECUTE FUNCTION audit.note_change(%s)', wish.name, wanted_arguments);
        EXECUTE format('CREATE OR REPLACE TRIGGER jiangmen_audit_truncate AFTER TRUNCATE'
            ' ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION audit.note_change()',
            wish.name);
        EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER jiangmen_audit_row,'
            ' ENABLE ALWAYS TRIGGER jiangmen_audit_truncate', wish.name);
    END LOOP;
END $$;

-- Changes of the tables themselves: who switches a trigger off leaves a row.
CREATE OR REPLACE FUNCTION audit.note_structure() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor jsonb := coalesce(nullif(current_setting('jiangmen.actor', true), '')::jsonb,
                            '{"channel": "database"}');
    command record;
BEGIN
    FOR command IN
        SELECT d.command_tag AS tag, d.object_identity AS object
        FROM pg_event_trigger_ddl_commands() d
        WHERE coalesce(d.schema_name, '') NOT LIKE 'pg\_temp%'
    LOOP
        PERFORM audit.note(actor || jsonb_build_object('kind', 'change',
            'action', command.tag, 'object', coalesce(command.object, '')));
    END LOOP;
END $$;
CREATE OR REPLACE FUNCTION audit.note_drop() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor jsonb := coalesce(nullif(current_setting('jiangmen.actor', true), '')::jsonb,
                            '{"channel": "database"}');
    dropped text;
BEGIN
    FOR dropped IN
        SELECT o.object_identity FROM pg_event_trigger_dropped_objects() o
        WHERE o.original AND NOT o.is_temporary
    LOOP
        PERFORM audit.note(actor || jsonb_build_object('kind', 'change',
            'action', TG_TAG, 'object', dropped, 'verb', 'delete'));
    END LOOP;
END $$;

-- Roles and rights.
ALTER TABLE audit.jiangmen_audit OWNER TO :"keeper";
ALTER TABLE audit.jiangmen_audit_link OWNER TO :"keeper";
ALTER TABLE audit.jiangmen_audit_seal OWNER TO :"keeper";
ALTER TABLE audit.jiangmen_audit_head OWNER TO :"keeper";
ALTER FUNCTION audit.note(jsonb) OWNER TO :"keeper";
DO $$
DECLARE
    trail text;
BEGIN
    FOREACH trail IN ARRAY ARRAY['', '_link', '_seal', '_head'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER refuse_change BEFORE UPDATE OR DELETE'
            ' OR TRUNCATE ON audit.%I FOR EACH STATEMENT'
            ' EXECUTE FUNCTION audit.refuse_change()', 'jiangmen_audit' || trail);
        EXECUTE format('ALTER TABLE audit.%I ENABLE ALWAYS TRIGGER refuse_change',
            'jiangmen_audit' || trail);
    END LOOP;
END $$;
REVOKE ALL ON ALL TABLES IN SCHEMA audit FROM PUBLIC, :"app", :"sealer";
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO :"app", :"sealer";
GRANT SELECT ON ALL TABLES IN SCHEMA audit TO :"app", :"sealer";
GRANT INSERT ON audit.jiangmen_audit_link, audit.jiangmen_audit_seal,
    audit.jiangmen_audit_head TO :"sealer";
GRANT EXECUTE ON FUNCTION audit.note(jsonb), audit.note_change(),
    audit.shown(text, text, jsonb), audit.wanted(), audit.uncovered(),
    audit.note_structure(), audit.note_drop() TO :"app";
SELECT audit.cover();
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'jiangmen_audit_drop') THEN
        CREATE EVENT TRIGGER jiangmen_audit_structure ON ddl_command_end
            EXECUTE FUNCTION audit.note_structure();
        CREATE EVENT TRIGGER jiangmen_audit_drop ON sql_drop
            EXECUTE FUNCTION audit.note_drop();
        ALTER EVENT TRIGGER jiangmen_audit_structure ENABLE ALWAYS;
        ALTER EVENT TRIGGER jiangmen_audit_drop ENABLE ALWAYS;
    END IF;
END $$;
COMMIT;
