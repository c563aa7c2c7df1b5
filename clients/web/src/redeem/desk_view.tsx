/** A clerk's page without enrolment: one thing on each screen, and always a way to begin anew. */
import type { ComponentChildren } from 'preact';
import { clockTime, t } from '../i18n/index.ts';
import { Digits } from '../ui/kit/digits.tsx';
import { Qr } from '../ui/kit/qr.tsx';
import { Busy, Heading } from '../ui/shell.tsx';
import { begin, type DeskScreen, desk, differ, offline, same } from './desk_state.ts';
import { RedeemView, Stopped } from './view.tsx';
import './desk.css';

export function DeskView() {
  const now = desk.value;
  switch (now.at) {
    case 'phone':
      return <Phone />;
    case 'starting':
      return <Busy text={t('desk.starting')} />;
    case 'code':
      return <Code screen={now} />;
    case 'compare':
      return <Compare digits={now.digits} />;
    case 'waiting':
      return <Waiting />;
    case 'given':
      return <RedeemView />;
    case 'stopped':
      return (
        <>
          <Stopped code={now.code} />
          <Anew />
        </>
      );
    default:
      return (
        <End key={now.at} heading={t(`desk.${now.at}.heading`)}>
          <p>{t(`desk.${now.at}.text`)}</p>
        </End>
      );
  }
}

/** Two blocks of the digits, as they are read aloud. */
const halves = (digits: string) => [digits.slice(0, digits.length / 2), digits.slice(digits.length / 2)];

function Code({ screen }: { screen: Extract<DeskScreen, { at: 'code' }> }) {
  return (
    <>
      <Heading key="code">{t('desk.heading')}</Heading>
      <p>{t('desk.how')}</p>
      <Qr text={screen.url} label={t('desk.code')} hint={false} />
      <p>{t('desk.type')}</p>
      <p class="desk-digits">
        <Digits blocks={halves(screen.number)} large />
      </p>
      <p class="note">{t('desk.until', { time: clockTime(screen.until) })}</p>
      <Offline />
    </>
  );
}

function Compare({ digits }: { digits: string }) {
  return (
    <>
      <Heading key="compare">{t('desk.same.heading')}</Heading>
      <p class="desk-digits">
        <Digits blocks={halves(digits)} large />
      </p>
      <p>{t('desk.same.text')}</p>
      <div class="row">
        <button type="button" class="main" onClick={same}>
          {t('desk.same.yes')}
        </button>
        <button type="button" class="second" onClick={differ}>
          {t('desk.same.no')}
        </button>
      </div>
    </>
  );
}

function Waiting() {
  return (
    <>
      <Heading key="waiting">{t('desk.waiting.heading')}</Heading>
      <p>{t('desk.waiting.text')}</p>
      <Busy text={t('desk.waiting')} />
      <Offline />
    </>
  );
}

function Offline() {
  return offline.value ? (
    <p class="bad" role="alert">
      {t('desk.offline')}
    </p>
  ) : null;
}

function End({ heading, children }: { heading: string; children: ComponentChildren }) {
  return (
    <>
      <Heading>{heading}</Heading>
      {children}
      <Anew />
    </>
  );
}

function Anew() {
  return (
    <div class="row">
      <button type="button" class="main" onClick={begin}>
        {t('desk.again')}
      </button>
    </div>
  );
}

function Phone() {
  return (
    <>
      <Heading>{t('desk.phone.heading')}</Heading>
      <p>{t('desk.phone.text')}</p>
      <p>
        <a href="/app">{t('request.app')}</a>
      </p>
    </>
  );
}
