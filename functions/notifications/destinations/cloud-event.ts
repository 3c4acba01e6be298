import { type Notice, sentenceOf } from '../notice.ts';

/** What a notice is about, for programs: what the history has, and the sentence for people. */
export function dataOf(notice: Notice): object {
  const { id: _, time: __, ...data } = notice;
  return { ...data, message: sentenceOf(notice) };
}

/** A notice as a CloudEvent in JSON (CloudEvents 1.0.2, JSON event format): source and id together are one event. */
export function cloudEventOf(notice: Notice): object {
  const { id, time, type, cluster, namespace, name } = notice;
  return {
    specversion: '1.0',
    id,
    source: `/outrigger/clusters/${cluster}`,
    type: `dev.outrigger.canary.${type}`,
    subject: `${namespace}/${name}`,
    time,
    datacontenttype: 'application/json',
    data: dataOf(notice),
  };
}
